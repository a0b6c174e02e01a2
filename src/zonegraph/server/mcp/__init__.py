"""The server for agents: the graph over the Model Context Protocol.

`protocol` is what a client can call; `greeting`, `lines` and `stdio` speak it over standard input and output. `tools`,
`resources` and `prompts` say what there is; `calls` answers, from a `backing`, which asks workers: this process
evaluates nothing. Texts of errors are ours: they say what to call instead.
"""
