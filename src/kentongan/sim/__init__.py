"""A seeded simulation of the whole system: real rules, real door, virtual time and bad luck."""
