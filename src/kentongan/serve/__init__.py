"""Starting and watching the processes of a centre on one machine."""
