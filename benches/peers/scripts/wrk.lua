-- Posts the order; the request is put together once.
local file = assert(io.open(os.getenv("PEERS_BODY")))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
