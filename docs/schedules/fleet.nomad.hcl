# A fleet in 16 parts, side by side: nomad job run fleet.nomad.hcl
#
# The key and known_hosts are in /etc/runbooks on the clients of the class "runbooks".
job "pyinfra-runbooks" {
  type = "batch"

  periodic {
    crons            = ["*/10 * * * *"]
    time_zone        = "Etc/UTC"
    prohibit_overlap = true
  }

  constraint {
    attribute = "${node.class}"
    value     = "runbooks"
  }

  group "parts" {
    count = 16

    # A round that failed is not repeated: the next one looks again.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "correct" {
      driver       = "docker"
      user         = "10001"
      kill_timeout = "30s"

      config {
        image           = "registry.example.com/pyinfra-runbooks:0.1.0"
        entrypoint      = ["/bin/sh", "-c"]
        args            = ["exec runbooks correct inventories/prod.py --shard \"$((NOMAD_ALLOC_INDEX + 1))/16\" --data ssh_key=/etc/runbooks/id_ed25519 --data ssh_known_hosts_file=/etc/runbooks/known_hosts"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        volumes         = ["/etc/runbooks:/etc/runbooks:ro"]

        mount {
          type   = "tmpfs"
          target = "/tmp"
        }
      }

      resources {
        cores  = 1
        memory = 512
      }
    }
  }
}
