"""A training room as `kentongan train` runs it: simulated callers, crews, officers, hospitals."""

from journey_centre import Centre

from kentongan.demo.train import training_settings
from kentongan.store.open import open_store


class TrainingRoom(Centre):
    """One running training room beside a centre that is not there. `start`, use, `stop`."""

    COMMAND = ("train", "--speed-up", "20")

    def __init__(self) -> None:
        super().__init__()
        self.store.close()
        self.settings = training_settings(self.settings)  # `file` stays that of duty
        self.settings.state_path.mkdir()
        self.store = open_store(self.settings.store_url)

    def _track(self) -> None:
        """The simulated crews report where they are themselves."""
