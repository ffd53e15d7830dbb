# One load, made by 12 allocations of a parameterised batch job, which is registered once and
# dispatched for each run. docs/scale-out/nomad.md has the commands.
#
# Change these names:
#   registry.example.org/load-test:1   the image
#   http://shop:8080                   the service under load
#   parts                              a CSI volume that several nodes write
#   12                                 the number of allocations, in two places
#
# Checked: by the HCL parser of PyPI's python-hcl2, and its commands with a stand-in that fills in the variables. No Nomad has run it.
job "load" {
  type        = "batch"
  datacenters = ["*"]

  parameterized {
    payload       = "forbidden"
    meta_required = ["run"]
  }

  group "shards" {
    count = 12

    # A second attempt would repeat requests.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }
    spread {
      attribute = "${node.unique.id}"
    }
    volume "parts" {
      type            = "csi"
      source          = "parts"
      access_mode     = "multi-node-multi-writer"
      attachment_mode = "file-system"
    }

    task "load" {
      driver = "docker"
      user   = "65532"
      # More than the grace of a run (10 s), its tear-downs (5 s) and the writing of its part.
      kill_timeout = "60s"

      config {
        image           = "registry.example.org/load-test:1"
        args            = ["--users", "1200", "--ramp-up", "1m", "--duration", "5m", "--threshold", "p99 < 200ms, errors < 1%", "--quiet"]
        readonly_rootfs = true
        cap_drop        = ["all"]
      }
      env {
        MOLOTOV_HOST          = "http://shop:8080"
        # The index is NOMAD_ALLOC_INDEX; the number of shards is in no variable. The run is typed, because
        # the merge is another dispatched job and needs the same name.
        MOLOTOV_SHARD         = "auto/12"
        MOLOTOV_RUN_ID        = "${NOMAD_META_run}"
        MOLOTOV_RESULTS       = "/parts/"
        MOLOTOV_RESULTS_EVERY = "60s"
        MOLOTOV_RENDEZVOUS    = "/parts"
      }
      volume_mount {
        volume      = "parts"
        destination = "/parts"
      }
      resources {
        cores  = 2
        memory = 1024
      }
    }
  }
}
