# From `runc spec`: the bundle that docker would make, for peers that are runtimes only.
# $seccomp: a profile in docker's format, or null; $uids, $gids: id maps, or null
def caps: ["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FSETID","CAP_FOWNER","CAP_MKNOD","CAP_NET_RAW","CAP_SETGID",
  "CAP_SETUID","CAP_SETFCAP","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_SYS_CHROOT","CAP_KILL","CAP_AUDIT_WRITE"];
def wanted:
  ((.includes.caps // []) - caps == []) and ((.includes.arches // ["amd64"]) | index("amd64") != null)
  and ([(.excludes.caps // [])[] | select(. as $c | caps | index($c))] == [])
  and ((.excludes.arches // []) | index("amd64") == null);
.process.terminal = false
| .process.args = ["/bin/true"]
| del(.process.rlimits)
| .process.capabilities = {bounding: caps, effective: caps, permitted: caps}
| .root = {path: $rootfs, readonly: false}
| .linux.namespaces |= (map(select(.type != "network" and .type != "cgroup")) + [{type: "network"}, {type: "cgroup"}])
| .linux.maskedPaths = ["/proc/acpi","/proc/asound","/proc/interrupts","/proc/kcore","/proc/keys","/proc/latency_stats",
    "/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware","/sys/devices/virtual/powercap"]
| if $uids then .linux.uidMappings = $uids | .linux.gidMappings = $gids else . end
| if $seccomp then .linux.seccomp = {
    defaultAction: $seccomp.defaultAction, defaultErrnoRet: 1,
    architectures: ["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
    syscalls: [$seccomp.syscalls[] | select(wanted) | {names, action}
      + (if (.args // []) != [] then {args} else {} end) + (if .errnoRet then {errnoRet} else {} end)]}
  else . end
