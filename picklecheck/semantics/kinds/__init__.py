"""What one kind of value does when it is called, read, iterated or tested."""
