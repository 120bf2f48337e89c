from __future__ import annotations

from collections import Counter

import pytest

from ftcli.settings.names import names_elsewhere, near_name
from ftcli.settings.predict import PredictSettings
from ftcli.settings.train import TrainSettings


def test_what_settings_are_called_elsewhere_names_none_of_ours_and_one_only():
    names = [
        name
        for field in TrainSettings.model_fields.values()
        if isinstance(field.json_schema_extra, dict)
        for name in field.json_schema_extra.get("elsewhere", [])
    ]
    assert set(Counter(names).values()) == {1}
    assert not set(names) & TrainSettings.model_fields.keys()
    assert names_elsewhere(TrainSettings).keys() == set(names)


def test_only_settings_of_the_command_are_meant():
    assert names_elsewhere(TrainSettings)["learning_rate"] == "lr"
    assert "learning_rate" not in names_elsewhere(PredictSettings)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("learning-rate", "lr"),
        ("per_device_train_batchsize", "batch_size"),
        ("BATCH_SIZE", "batch_size"),
        ("epoch", "epochs"),
        ("lots", None),
        ("long-run", None),
    ],
)
def test_a_name_is_taken_for_that_which_is_much_like_it(wanted, meant):
    assert near_name(wanted, TrainSettings.model_fields, names_elsewhere(TrainSettings)) == meant
