"""What a client of the Model Context Protocol can call, over whatever it is connected by."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from zonegraph import catalogue, terminal
from zonegraph.server.mcp import arguments, calls, greeting, prompts, resources, text, tools
from zonegraph.server.mcp.arguments import WrongCallError
from zonegraph.server.mcp.backing import Backing
from zonegraph.suggest import nearest
from zonegraph.version import VERSION

_CALLS: dict[str, Callable[[Backing, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "list_questions": calls.list_questions,
    "describe_question": calls.describe_question,
    "ask": calls.ask,
    "find": calls.find,
    "explain": calls.explain,
    "article": calls.article,
    "profile": calls.profile,
    "sparql": calls.sparql,
    "validate": calls.validate,
}
_LOG = logging.getLogger(__name__)


def server(backing: Backing) -> Server:
    """Return the server of a graph, to be run over a connection."""

    async def saved() -> dict[str, Any]:
        try:
            return catalogue.from_json((await backing.served()).catalogue)
        except WrongCallError as error:
            raise _wrong(error) from None

    async def list_tools(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        reads = types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        )
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.arguments,
                    output_schema=tool.answer,
                    annotations=reads,
                )
                for tool in tools.tools(await saved()).values()
            ]
        )

    async def call_tool(_: ServerRequestContext, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            known = tools.tools(catalogue.from_json((await backing.served()).catalogue))
            if params.name not in known:
                near = nearest(params.name, known)
                hint = f"did you mean {near}? " if near else ""
                raise WrongCallError(
                    f"{arguments.shown(params.name)}: no such tool; {hint}there are {', '.join(known)}"
                )
            given = arguments.checked(params.name, known[params.name].arguments, params.arguments or {})
            answer = await _CALLS[params.name](backing, given)
        except WrongCallError as error:
            return types.CallToolResult(content=[_text(_for_agents(str(error)))], is_error=True)
        except Exception:
            _LOG.exception("%s failed", terminal.line(params.name))
            said = f"{terminal.line(params.name[:100])} failed by a fault of the server; its log says more. Another call may work"
            return types.CallToolResult(content=[_text(said)], is_error=True)
        if "notes" in answer:
            answer["notes"] = list(map(_for_agents, answer["notes"]))
        return types.CallToolResult(content=[_text(text.written(answer))], structured_content=answer)

    async def list_resources(
        _: ServerRequestContext, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        try:
            return types.ListResourcesResult(
                resources=[
                    types.Resource(uri=one.uri, name=one.name, description=one.description, mime_type=one.media_type)
                    for one in await resources.listed(backing)
                ]
            )
        except WrongCallError as error:
            raise _wrong(error) from None

    async def read_resource(
        _: ServerRequestContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            kind, content = await resources.read(backing, uri)
        except WrongCallError as error:
            raise _wrong(error) from None
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=kind, text=content)])

    async def list_prompts(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=prompt.name,
                    title=prompt.title,
                    description=prompt.description,
                    arguments=[
                        types.PromptArgument(name=name, description=meaning, required=True)
                        for name, meaning in prompt.arguments.items()
                    ],
                )
                for prompt in prompts.prompts(await saved()).values()
            ]
        )

    async def get_prompt(_: ServerRequestContext, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        known = prompts.prompts(await saved())
        prompt = known.get(params.name)
        if prompt is None:
            near = nearest(params.name, known)
            hint = f"did you mean {near}? " if near else ""
            raise _wrong(f"{arguments.shown(params.name)}: no such prompt; {hint}there are {', '.join(known)}")
        schema = {
            "properties": {
                name: {"type": "string", "maxLength": prompts.LONGEST, "examples": [meaning]}
                for name, meaning in prompt.arguments.items()
            },
            "required": list(prompt.arguments),
        }
        try:
            given = arguments.checked(prompt.name, schema, params.arguments or {})
        except WrongCallError as error:
            raise _wrong(error) from None
        quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in given.items()}
        message = types.PromptMessage(role="user", content=_text(prompt.text.format(**quoted)))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    made: Server = Server(
        greeting.NAME,
        version=VERSION,
        title=greeting.NAME,
        instructions=greeting.INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )
    made.middleware.append(_teaching)
    return made


async def _teaching(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
    """Say of a request that is none what it lacks, in words of ours."""
    try:
        return await call_next(ctx)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'params'}: {one['msg'].lower()}" for one in error.errors()[:3]
        )
        example = _EXAMPLES.get(ctx.method, "")
        raise _wrong(f"{ctx.method}: the parameters are wrong: {wrong}{example}") from None


_EXAMPLES = {
    "tools/call": '; write them like {"name": "find", "arguments": {"text": "a name"}}',
    "resources/read": f'; write them like {{"uri": "{resources.MODEL}"}}',
    "prompts/get": '; write them like {"name": "compare-articles", "arguments": {"first": "...", "second": "..."}}',
}


def _wrong(error: object) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=_for_agents(str(error)))


def _text(content: str) -> types.TextContent:
    return types.TextContent(type="text", text=content)


def _for_agents(message: str) -> str:
    """Return a message of the command line as it is for who calls tools."""
    message = re.sub(r"zonegraph query graph-contents\b", "ask with the question graph-contents", message)
    return re.sub(r"\bzonegraph (?=(?:find|explain|article|query)\b)", "", message).replace("find NAME", "find")
