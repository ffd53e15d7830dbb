# Merges the parts of a run and judges it: registered once, dispatched for each run. docs/scale-out/nomad.md has the commands.
#
# Change these names:
#   registry.example.org/load-test:1   the image
#   parts                              the CSI volume of load.nomad.hcl
#
# Checked: by the HCL parser of PyPI's python-hcl2, and its commands with a stand-in that fills in the variables. No Nomad has run it.
job "merge" {
  type        = "batch"
  datacenters = ["*"]

  parameterized {
    payload       = "forbidden"
    meta_required = ["run"]
  }

  group "merge" {
    # Its exit code is the judgement: nothing is tried again.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }
    volume "parts" {
      type            = "csi"
      source          = "parts"
      access_mode     = "multi-node-multi-writer"
      attachment_mode = "file-system"
    }

    task "merge" {
      driver = "docker"
      user   = "65532"

      config {
        image           = "registry.example.org/load-test:1"
        args            = ["--merge", "/parts/${NOMAD_META_run}/", "--report", "/parts/${NOMAD_META_run}.html"]
        readonly_rootfs = true
        cap_drop        = ["all"]
      }
      volume_mount {
        volume      = "parts"
        destination = "/parts"
      }
      resources {
        cpu    = 1000
        memory = 512
      }
    }
  }
}
