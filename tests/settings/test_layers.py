"""Where a value may come from, and which of several wins."""

from __future__ import annotations

import pytest

from ftcli.errors import UsageError
from ftcli.settings.compare import CompareSettings
from ftcli.settings.download import DownloadSettings
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.settings.layers import Layer, merged
from ftcli.settings.resolve import resolve, resolve_train


@pytest.fixture
def config(tmp_path):
    """Write a config file and give its path."""

    def write(text):
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        return tmp_path / "config.toml"

    return write


def test_flag_over_environment_over_file_over_preset_over_default(monkeypatch, config):
    path = config("lr = 0.3\n[swa]\nlr = 0.3\n")
    assert resolve_train({}).lr == 1e-4
    assert resolve_train({}, preset_name="original").lr == 3.5e-6
    assert resolve_train({}, preset_name="original", config=path).lr == 0.3
    monkeypatch.setenv("FTCLI_LR", "0.2")
    assert resolve_train({}, preset_name="original", config=path).lr == 0.2
    assert resolve_train({"lr": "0.1"}, preset_name="original", config=path).lr == 0.1


def test_options_of_a_strategy_follow_the_same_order(monkeypatch, config):
    path = config('strategy = ["swa"]\n[swa]\nlr = 0.3\nstart = 0.3\nevery = 3\n')
    assert resolve_train({}, preset_name="original", config=path).swa.lr == 0.3
    monkeypatch.setenv("FTCLI_SWA__LR", "0.2")
    monkeypatch.setenv("FTCLI_SWA__START", "0.2")
    swa = resolve_train({"swa": {"lr": "0.1"}}, preset_name="original", config=path).swa
    assert (swa.lr, swa.start, swa.every) == (0.1, 0.2, 3)


def test_what_no_layer_gives_stays_at_its_default(config):
    settings = resolve_train({"epochs": "7"}, config=config("lr = 0.3\n"))
    assert (settings.epochs, settings.lr, settings.batch_size, settings.warmup) == (7, 0.3, 16, 0.1)


@pytest.mark.parametrize("word", ["False", "false", "0", "no", "off", "FALSE"])
def test_words_for_no(monkeypatch, config, word):
    assert resolve_train({}, config=config(f'compact_vocabulary = "{word}"\n')).compact_vocabulary is False
    monkeypatch.setenv("FTCLI_COMPACT_VOCABULARY", word)
    assert resolve_train({}).compact_vocabulary is False


@pytest.mark.parametrize("word", ["True", "1", "yes", "on"])
def test_words_for_yes(monkeypatch, config, word):
    assert resolve_train({}, config=config(f'save_last = "{word}"\n')).save_last is True
    monkeypatch.setenv("FTCLI_SAVE_LAST", word)
    assert resolve_train({}).save_last is True


def test_switch_off_over_environment(monkeypatch):
    monkeypatch.setenv("FTCLI_SAVE_LAST", "1")
    assert resolve_train({"save_last": False}).save_last is False


def test_strategies_of_all_sources_add_up(monkeypatch, config):
    monkeypatch.setenv("FTCLI_STRATEGY", "rdrop, layerwise-lrd")
    settings = resolve_train({"strategy": ["MIXOUT"]}, config=config('strategy = ["swa"]\n'))
    assert settings.strategy == ["layerwise_lrd", "mixout", "rdrop", "swa"]


def test_a_strategy_is_taken_away_again(monkeypatch, config):
    path = config('strategy = ["rdrop", "swa"]\n[rdrop]\nalpha = 2\n')
    assert resolve_train({}, without=["rdrop"], config=path).recipe().distinctive_names == ("swa",)
    monkeypatch.setenv("FTCLI_STRATEGY", "mixout")
    assert resolve_train({}, without=["mixout", "swa"], config=path).strategy == ["rdrop"]


def test_a_strategy_counts_once_however_often_it_is_named(config):
    path = config('strategy = ["layerwise-lrd"]\n')
    assert resolve_train({"strategy": ["layerwise_lrd"]}, config=path).strategy == ["layerwise_lrd"]


@pytest.mark.parametrize("names", ["", " ", ","])
def test_no_strategy_in_the_environment(monkeypatch, names):
    monkeypatch.setenv("FTCLI_STRATEGY", names)
    assert resolve_train({}).strategy == []


def test_unknown_strategy_of_any_source_is_refused(monkeypatch, config):
    with pytest.raises(UsageError, match="did you mean 'rdrop'"):
        resolve_train({}, config=config('strategy = ["rdropp"]\n'))
    with pytest.raises(UsageError, match="did you mean 'rdrop'"):
        resolve_train({}, without=["rdropp"])
    monkeypatch.setenv("FTCLI_STRATEGY", "rdropp")
    with pytest.raises(UsageError, match="did you mean 'rdrop'"):
        resolve_train({})


def test_preset_switches_nothing_on_but_its_values_wait(config):
    assert resolve_train({}, preset_name="original").strategy == []
    settings = resolve_train({"strategy": ["swa", "reinit"]}, preset_name="original")
    assert (settings.swa.lr, settings.reinit.layers) == (2e-6, 3)


def test_option_of_a_strategy_that_is_not_chosen_is_refused_on_the_command_line_only(monkeypatch, config):
    with pytest.raises(UsageError, match=r"--rdrop-alpha does nothing without --rdrop"):
        resolve_train({"rdrop": {"alpha": "2"}})
    monkeypatch.setenv("FTCLI_RDROP__ALPHA", "3")
    assert resolve_train({}, config=config("[rdrop]\nalpha = 2\n")).strategy == []


def test_other_variables_are_left_alone(monkeypatch):
    monkeypatch.setenv("FTCLI_UNHEARD_OF", "1")
    monkeypatch.setenv("LR", "0.5")
    assert resolve_train({}).lr == 1e-4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"flags": {"lr": "x"}}, "--lr: "),
        ({"flags": {"strategy": ["rdrop"], "rdrop": {"alpha": "x"}}}, "--rdrop-alpha: "),
        ({"variables": {"FTCLI_RDROP__ALPHA": "x"}}, "FTCLI_RDROP__ALPHA: "),
        ({"variables": {"FTCLI_BATCH_SIZE": "0"}}, "FTCLI_BATCH_SIZE: "),
        ({"text": "[rdrop]\nalpha = -1"}, "'rdrop.alpha' in "),
        ({"text": "lrr = 1"}, "'lrr' in "),
        ({"flags": {"lr": "x"}, "variables": {"FTCLI_LR": "y"}, "text": "lr = 'z'"}, "--lr: "),
    ],
)
def test_wrong_value_is_named_as_it_was_given(monkeypatch, config, given, message):
    for name, value in given.get("variables", {}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        resolve_train(given.get("flags", {}), config=config(given.get("text", "")))
    assert caught.value.message.startswith(message)
    assert len(caught.value.message.splitlines()) == 1


@pytest.mark.parametrize("text", ["lr = true", "epochs = true", "seed = false", "[rdrop]\nalpha = true"])
def test_switch_in_place_of_a_number_is_refused(config, text):
    with pytest.raises(UsageError):
        resolve_train({}, config=config(text))


def test_settings_of_other_commands(monkeypatch):
    monkeypatch.setenv("FTCLI_RUNS_DIR", "elsewhere")
    monkeypatch.setenv("FTCLI_DATA_DIR", "tasks")
    assert str(resolve(EvaluateSettings, {}).runs_dir) == "elsewhere"
    assert str(resolve(DownloadSettings, {}).data_dir) == "tasks"
    assert str(resolve(DownloadSettings, {"data_dir": "here"}).data_dir) == "here"
    with pytest.raises(UsageError, match="--eval-batch-size: "):
        resolve(EvaluateSettings, {"eval_batch_size": "0"})


def test_compare_looks_where_runs_are_kept(monkeypatch):
    monkeypatch.setenv("FTCLI_RUNS_DIR", "elsewhere")
    assert [str(path) for path in resolve(CompareSettings, {}).folders] == ["elsewhere"]


def test_layers_merge_table_by_table():
    layers = [Layer("a", {"x": 1, "t": {"p": 1}}), Layer("b", {"x": 2, "y": 2, "t": {"p": 2, "q": 2}})]
    assert merged(layers) == {"x": 1, "y": 2, "t": {"p": 1, "q": 2}}
    assert layers[0].values == {"x": 1, "t": {"p": 1}}  # merging changes no layer


def test_value_above_hides_a_table_below():
    assert merged([Layer("a", {"t": 1}), Layer("b", {"t": {"p": 2}})]) == {"t": 1}
