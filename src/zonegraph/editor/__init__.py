"""What an editor shows of a project's files while they are written: a language server, `zonegraph lsp`.

`server` speaks the protocol and decides when what is judged; `findings` asks `validation` and turns findings into diagnostics and fixes;
`index` knows the names of a project, which `names` offers and explains at a place that `place` reads.
"""
