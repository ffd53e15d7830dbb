"""One request again and again; with PEERS_BODY it is posted. Two scenarios, as in our own load test."""

import os

from molotov import scenario

URL = os.environ["PEERS_URL"]
BODY = open(os.environ["PEERS_BODY"], "rb").read() if "PEERS_BODY" in os.environ else None
JSON = {"Content-Type": "application/json"}


async def visit(session):
    send = session.post(URL, data=BODY, headers=JSON) if BODY else session.get(URL)
    async with send as response:
        assert response.status == 200
        await response.read()


@scenario(weight=40)
async def look(session):
    await visit(session)


@scenario(weight=60)
async def look_again(session):
    await visit(session)
