"""One folder per neighbour of the centre; none of them holds a rule."""
