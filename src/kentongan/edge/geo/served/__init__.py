"""Geography in a process of its own: what it is asked, and what stands in while it is away."""
