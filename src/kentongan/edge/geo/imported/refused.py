"""Why an import was not done. The running city stays as it was whenever this is raised."""


class ImportRefused(Exception):  # noqa: N818 - what happened to the import
    """The text for the person who imports: file, line and field as far as they are known."""

    def __init__(self, text: str, *, file: str = "", line: int | None = None, field: str = ""):
        where = [file] if file else []
        where += [f"line {line}"] if line is not None else []
        where += [field] if field else []
        super().__init__(f"{', '.join(where)}: {text}" if where else text)
        self.text = text
        self.file = file
        self.line = line
        self.field = field
