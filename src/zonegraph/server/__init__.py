"""The server: the graph over HTTP, read-only.

`served` is what is served. `workers` are the processes that evaluate: nothing else here asks an engine, so a query that
takes for ever, or brings its engine down, takes no other request with it. `http` is the process that speaks with
clients.
"""
