// One request again and again; with BODY it is posted, with STAY it is followed by an hour of waiting.
import http from "k6/http";
import { sleep } from "k6";

const body = __ENV.BODY ? open(__ENV.BODY) : null;
const json = { headers: { "Content-Type": "application/json" } };

export default function () {
  if (body) {
    http.post(__ENV.URL, body, json);
  } else {
    http.get(__ENV.URL);
  }
  if (__ENV.STAY) {
    sleep(3600);
  }
}
