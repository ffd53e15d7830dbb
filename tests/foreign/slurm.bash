# Sourced after engines.bash: a Slurm of this machine's own, with two virtual nodes of two processors, on free ports of 127.0.0.1. It
# runs as root, believes everybody (auth/none), and is ended with the script.

if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null; then
    apt-get install --yes --quiet=2 --no-install-recommends slurm-wlm >/dev/null 2>&1 || skip "there is no Slurm"
fi
[[ $(id -u) = 0 ]] || skip "Slurm's daemons need root"

# Prints this many free ports.
free_ports() {
    python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(each.getsockname()[1] for each in sockets))' "$1"
}

start_slurm() {
    local ports slurm="$out/slurm"
    rm -rf "$slurm"
    mkdir -p "$slurm/state" "$slurm/n1" "$slurm/n2"
    read -ra ports < <(free_ports 3)
    export SLURM_CONF="$slurm/slurm.conf"
    cat >"$SLURM_CONF" <<-CONFIGURATION
	ClusterName=here
	SlurmctldHost=localhost(127.0.0.1)
	SlurmctldPort=${ports[0]}
	CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
	AuthType=auth/none
	CredType=cred/none
	SlurmUser=root
	SlurmdUser=root
	StateSaveLocation=$slurm/state
	SlurmdSpoolDir=$slurm/%n
	SlurmctldPidFile=$slurm/slurmctld.pid
	SlurmdPidFile=$slurm/%n.pid
	SlurmctldLogFile=$slurm/slurmctld.log
	SlurmdLogFile=$slurm/%n.log
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_CPU
	SlurmdParameters=config_overrides
	MpiDefault=none
	# A job that is requeued waits for this many seconds, of which there are 120 by default.
	AuthInfo=cred_expire=5
	ReturnToService=2
	KillWait=15
	NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=2
	NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=2
	PartitionName=all Nodes=n1,n2 Default=YES MaxTime=60 State=UP
	CONFIGURATION
    start_daemon slurmctld -D
    start_daemon slurmd -D -N n1
    start_daemon slurmd -D -N n2
    if ! wait_until 200 nodes_are_idle; then
        tail -n 5 "$slurm"/*.log
        skip "Slurm's daemons do not start here"
    fi
}

start_daemon() {
    "$@" >>"$out/slurm/output" 2>&1 &
    services+=($!)
}

nodes_are_idle() {
    [[ $(sinfo --noheader --format '%D %t' 2>/dev/null) = '2 idle' ]]
}

# Runs the numbered block of a page, and sets `job` to the first job that it submits and `last` to the last one.
submit() {
    last=$(bash -euo pipefail -c "$(commands "$1" "$2")" | grep -oE '[0-9]+$')
    job=$(scontrol show job "$last" --oneliner | grep -oE 'afterany:[0-9]+' | cut -d: -f2 || echo "$last")
}

# Submits an array of four that makes a load of this many seconds and then its merge, and waits for its first orders.
submit_load() {
    local seconds=$1
    shift
    job=$(sbatch --parsable "$@" deploy/slurm/array.sbatch --host "$address" --users 8 --duration "${seconds}s" --seed 42)
    last=$(sbatch --parsable --dependency="afterany:$job" deploy/slurm/merge.sbatch "$job" --report report.json)
    wait_until 300 has_orders 40
}

has_orders() {
    [[ $(wc -l <service/orders) -ge $1 ]]
}

# Waits for a job's end, for two minutes at most.
wait_for_job() {
    wait_until 1200 has_ended "$1"
}

has_ended() {
    [[ -z $(squeue --noheader --jobs "$1" 2>/dev/null) ]]
}

# Fails unless a job and its tasks ended like this: `4 COMPLETED 0:0`, for several states one a line.
expect_states() {
    local states
    states=$(scontrol show job "$1" --oneliner | sed -E 's/.* JobState=(\w+).* ExitCode=([0-9:]+).*/\1 \2/' | sort | uniq -c |
        sed 's/^ *//')
    if [[ $states != "$2" ]]; then
        printf 'job %s: %s, not %s\n' "$1" "$states" "$2" >&2
        tail --lines 20 ./*.log >&2
        return 1
    fi
}
