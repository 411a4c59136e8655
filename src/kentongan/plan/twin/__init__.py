"""The digital twin of dispatch: what would have happened with other units, posts, rules, roads."""
