"""Travel times by road: who is nearest, along which roads, and what a closure changes."""
