"""Uploading models to the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ftcli.errors import HubError

_HOW_TO_LOG_IN = (
    "Make one that may write at https://huggingface.co/settings/tokens; give it to `hf auth login`, or as HF_TOKEN."
)
_SETTINGS = "Make it private on its page, under Settings, or give another name."


def publish(repo: str, files: Mapping[str, Path], card: Callable[[str], str], *, private: bool) -> tuple[str, str]:
    """Upload files in one commit, to a repository that is made where there is none.

    Args:
        repo: NAME or USER/NAME.
        files: where each file lies, by its path in the repository.
        card: gives README.md for the repository's whole name; it replaces that of ``files``.
        private: the repository must be visible to its owner alone.

    Returns:
        The repository's whole name, and its address.

    Raises:
        HubError: there is no token, the hub can't be reached or refuses, or the repository is public against the wish.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    if get_token() is None:
        raise HubError("there is no token for the Hugging Face hub", hint=_HOW_TO_LOG_IN)
    hub = HfApi(library_name="ftcli")
    with _explained(repo):
        made = hub.create_repo(repo, private=private or None, exist_ok=True)
        if private and not hub.repo_info(made.repo_id).private:
            raise HubError(f"{made.repo_id} is public already, and --private does not change that", hint=_SETTINGS)
        contents: dict[str, Any] = {**files, "README.md": card(made.repo_id).encode()}
        operations = [CommitOperationAdd(name, content) for name, content in contents.items()]
        hub.create_commit(made.repo_id, operations, commit_message="Upload a model trained with ftcli")
    return made.repo_id, str(made)


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.errors import HTTPError as ClientError  # type: ignore[attr-defined]

    try:
        yield
    except OfflineModeIsEnabled:
        raise HubError("the hub is not to be asked: HF_HUB_OFFLINE is set", hint="Unset it to upload.") from None
    except HfHubHTTPError as error:
        raise _refused(repo, error.response.status_code, error.server_message or str(error)) from None
    except (ClientError, ConnectionError, TimeoutError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise HubError(
            f"the Hugging Face hub can't be reached: {reason}",
            hint="Is there a network? HF_ENDPOINT names another hub.",
        ) from None
    except ValueError as error:
        raise HubError(f"the hub does not take the model: {str(error).strip()}") from None


def _refused(repo: str, status: int, said: str) -> HubError:
    reason = " ".join(said.split())
    if status == 401:
        return HubError(f"the hub does not take the token (401): {reason}", hint=_HOW_TO_LOG_IN)
    if status == 403:
        return HubError(f"the token may not write to {repo} (403): {reason}", hint=_HOW_TO_LOG_IN)
    return HubError(f"the hub refuses {repo} ({status}): {reason}", hint="Nothing was uploaded. Try again later.")
