// One request again and again; with BODY it is posted.
import http from "k6/http";

const body = __ENV.BODY ? open(__ENV.BODY) : null;
const json = { headers: { "Content-Type": "application/json" } };

export default function () {
  if (body) {
    http.post(__ENV.URL, body, json);
  } else {
    http.get(__ENV.URL);
  }
}
