-- Prints wrk's percentiles in microseconds, because it knows p99.9 but does not print it.
function done(summary, latency, requests)
  io.write("lab ", summary.requests)
  for _, percentile in ipairs({ 50, 90, 99, 99.9 }) do
    io.write(" ", string.format("%d", latency:percentile(percentile)))
  end
  io.write(" ", string.format("%d", latency.max), "\n")
end
