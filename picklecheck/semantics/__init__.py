"""Python itself: scopes, values, flow, calls, classes and the modules of a project; knows nothing of pickling."""
