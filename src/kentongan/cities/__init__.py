"""City packs: the facts, plans and protocols of a city as data, and their checking."""
