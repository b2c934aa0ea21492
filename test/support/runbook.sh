#!/usr/bin/env bash
# Does what a document tells people to type work?
#
#   runbook.sh DOCUMENT ROOT
#
# Each line of its input is run here, and answered by a line "played: CODE". What a test asks for:
#
#   unpack         the files of the document's blocks, those with a path or name in their first line,
#                  below ROOT; paths in them are ROOT's
#   section NAME   types every command below that heading, one a line; each must end with 0, or with
#                  what its comment says as "exit code N"
#   all_played     has every section with commands been played?
#
# `systemctl` and `kubectl` are stand-ins that run what the document's own units and manifests say;
# members write what they do to ROOT/log/NAME.events. What was started dies with this shell.
set -u
document=$1
root=$2
folder=$root/etc/weir # where people type
declare -A pids=()    # of units, pods and jobs
declare -A probes=()  # of pods: what asks whether one is ready
mkdir -p "$root/log"

say() {
    printf 'runbook: %s\n' "$*" >&2
}

# The document.

# blocks LANGUAGE [SECTION]
blocks() {
    awk -v language="$1" -v section="${2-}" '
        /^```/ { inside = !inside; wanted = inside && $0 == "```" language &&
                     (section == "" || heading == section); next }
        !inside && /^## / { heading = substr($0, 4) }
        inside && wanted' "$document"
}

# Each with what it is of: "## NAME" where a block begins, then its commands.
sections() {
    awk '/^```/ { inside = !inside; if (inside && $0 == "```sh") print heading; next }
        !inside && /^## / { heading = substr($0, 4) }' "$document" | sort -u
}

# unpack_one LANGUAGE FOLDER: to where its first line says.
unpack_one() {
    local line file=
    while IFS= read -r line; do
        case $line in
        '# /'*) file=$root${line#'# '} ;;
        '# '*.yaml*) file=$2/$(expr "$line" : '# \([a-z-]*\.yaml\)') ;;
        esac
        [ -n "$file" ] || { say "a $1 block does not say what file it is: $line"; return 1; }
        mkdir -p "${file%/*}"
        printf '%s\n' "$line" | sed -E "s#/(etc/weir|opt/shop|usr/bin)/#$root&#g" >> "$file"
    done < <(blocks "$1")
    [ -n "$file" ] || { say "there is no $1 block"; return 1; }
}

unpack() {
    unpack_one properties "$folder" && unpack_one ini "$folder" && unpack_one yaml "$folder" &&
        lint
}

# As far as there is who could tell.
lint() {
    local unit=$root/etc/systemd/system/weir-shop@.service said
    if command -v systemd-analyze > /dev/null; then
        said=$(systemd-analyze verify "$unit" 2>&1) || true
        [ -z "$said" ] || { say "the unit: $said"; return 1; }
    fi
    if python3 -c 'import yaml' 2> /dev/null; then
        python3 - "$folder"/*.yaml << 'PYTHON' || return 1
import sys
import yaml

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        manifest = yaml.safe_load(file)
    pod = manifest["spec"]["template"]["spec"]
    assert manifest["metadata"]["name"] and manifest["apiVersion"], path
    for container in pod["containers"]:
        assert container["command"][0] == "weir", path
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}, path
    if manifest["kind"] == "Deployment":
        labels = manifest["spec"]["template"]["metadata"]["labels"]
        assert manifest["spec"]["selector"]["matchLabels"] == labels, path
        assert pod["terminationGracePeriodSeconds"] > 50, path
PYTHON
    fi
}

# type_line LINE
type_line() {
    local code=0 expected=0
    [[ $1 =~ 'exit code '([0-9]+) ]] && expected=${BASH_REMATCH[1]}
    say "$ $1"
    eval "$1" < /dev/null || code=$?
    [ "$code" = "$expected" ] || { say "exit code $code instead of $expected: $1"; return 1; }
}

section() {
    local line failed=0
    sections | grep -qxF "$1" || { say "there is nothing to type under '$1'"; return 1; }
    mapfile -t lines < <(blocks sh "$1" | grep -v '^ *\(#.*\)\?$')
    for line in "${lines[@]}"; do
        type_line "$line" || { failed=1; break; }
    done
    printf '%s\n' "$1" >> "$root/played"
    return $failed
}

all_played() {
    diff <(sections) <(sort "$root/played") >&2
}

# Both stand-ins.

# launch NAME COMMAND...
launch() {
    local name=$1
    shift
    setpriv --pdeathsig KILL "$@" > "$root/log/$name.out" 2>> "$root/log/$name.log" < /dev/null &
    pids[$name]=$!
}

# launch_member NAME COMMAND...: until it has said something: before that it does not hear signals.
launch_member() {
    local events=$root/log/$1.events before
    touch "$events"
    before=$(wc -l < "$events")
    launch "$@" --events "$events" --instance "$1"
    timeout 120 head -n 1 < <(tail -s 0.1 -n "+$((before + 1))" -f --pid="${pids[$1]}" "$events") |
        grep -q . || { say "$1 has not begun: $(tail -n 5 "$root/log/$1.log")"; return 1; }
}

# halt NAME: it stands still on return, every thread of it.
halt() {
    kill -STOP "${pids[$1]}"
    until [ "$(grep -hqv ') T ' "/proc/${pids[$1]}"/task/*/stat; echo $?)" = 1 ]; do :; done
}

# is_alive NAME
is_alive() {
    [ -n "${pids[$1]-}" ] && kill -0 "${pids[$1]}" 2> /dev/null
}

# finish NAME SECONDS: told to stop, it ends cleanly within that.
finish() {
    local code=0
    is_alive "$1" || { say "$1 does not run: $(tail -n 5 "$root/log/$1.log")"; return 1; }
    kill -TERM "${pids[$1]}"
    timeout "$2" tail -s 0.1 --pid="${pids[$1]}" -f /dev/null ||
        { say "$1 has not stopped within $2 s"; return 1; }
    wait "${pids[$1]}" || code=$?
    unset "pids[$1]"
    [ "$code" = 0 ] || say "$1 ended with $code: $(tail -n 5 "$root/log/$1.log")"
    return "$code"
}

# systemd's.

# unit_value KEY of the template of the unit $1
unit_value() {
    local template=${1%@*}@.service instance=${1#*@}
    sed -n "s#^$2=##p" "$root/etc/systemd/system/$template" |
        sed "s#%i#$instance#g; s#%H#$(uname -n)#g"
}

unit_start() {
    local words
    ! is_alive "$1" || return 0
    read -ra words < <(unit_value "$1" ExecStart)
    launch_member "$1" "${words[@]}"
}

unit_stop() {
    finish "$1" "$(unit_value "$1" TimeoutStopSec)"
}

systemctl() {
    case $* in
    daemon-reload) [ -f "$root/etc/systemd/system/weir-shop@.service" ] ;;
    'start '*) unit_start "$2" ;;
    'stop '*) unit_stop "$2" ;;
    'restart '*) unit_stop "$2" && unit_start "$2" ;;
    'kill -s SIGKILL '*)
        kill -KILL "${pids[$4]}" && { wait "${pids[$4]}" || true; }
        [ "$(unit_value "$4" Restart)" != on-failure ] || unit_start "$4"
        ;;
    'kill -s SIGUSR1 '*) kill -USR1 "${pids[$4]}" ;;
    'enable '* | 'disable '*) grep -q '^WantedBy=' "$root/etc/systemd/system/${2%@*}@.service" ;;
    *) say "systemctl $*: nobody stands in for that" && return 64 ;;
    esac
}

# Kubernetes's.

# field FILE NAME: the first of that name
field() {
    sed -n "s/^ *$2: *//p" "$1" | head -n 1
}

# words_of FILE [BELOW]: of the first command, or the first below a line; the list is JSON's.
words_of() {
    sed -n "/${2-^}/,\$p" "$1" | sed -n 's/^ *command: \[\(.*\)\]$/\1/p' | head -n 1 |
        sed 's/", "/\n/g; s/^"//; s/"$//'
}

pod_start() {
    local words
    mapfile -t words < <(words_of "$1")
    grep -q 'fieldPath: metadata.name' "$1" || { say "$1: a pod has no name"; return 1; }
    launch_member "$2" env "$(sed -n 's/^ *- name: \([A-Z_]*\)$/\1/p' "$1")=$2" "${words[@]}"
    mapfile -t words < <(words_of "$1" readinessProbe)
    probes[$2]="WEIR_MEMBER_ID=$2 ${words[*]}"
}

manifest_apply() {
    local name i words
    name=$(field "$1" name)
    if [ "$(field "$1" kind)" = Deployment ]; then
        for ((i = 0; i < $(field "$1" replicas); i++)); do
            pod_start "$1" "$name-$i" || return 1
        done
    else
        mapfile -t words < <(words_of "$1")
        # shellcheck disable=SC2016  # they are the other shell's
        launch "$name" bash -c 'until "${@:2}"; do [ $((tries++)) -lt "$1" ] || exit 1; done' job \
            "$(field "$1" backoffLimit)" "${words[@]}"
    fi
}

manifest_delete() {
    local name pod failed=0
    name=$(field "$1" name)
    for pod in "${!pids[@]}"; do
        if [[ $pod = "$name"-[0-9] ]]; then
            finish "$pod" "$(field "$1" terminationGracePeriodSeconds)" || failed=1
            unset "probes[$pod]"
        fi
    done
    return $failed
}

# Each pod is asked until it is ready.
rollout() {
    local pod count=0
    for pod in "${!probes[@]}"; do
        [[ $pod = "$1"-[0-9] ]] || continue
        count=$((count + 1))
        timeout "$2" bash -c "until env ${probes[$pod]}; do :; done" > /dev/null 2>&1 ||
            { say "$pod is not ready"; return 1; }
    done
    [ $count -gt 0 ]
}

job_wait() {
    timeout "$2" tail -s 0.1 --pid="${pids[$1]}" -f /dev/null && wait "${pids[$1]}" && return
    say "$1: $(cat "$root/log/$1".*)"
    return 1
}

kubectl() {
    case $* in
    'apply -f '*) manifest_apply "$3" ;;
    'delete -f '*) manifest_delete "$3" ;;
    'rollout status deployment/'*' --timeout='*) rollout "${3#*/}" "${4#*=}" ;;
    'wait --for=condition=complete --timeout='*' job/'*) job_wait "${4#*/}" "${3#*=}" ;;
    'logs job/'*) cat "$root/log/${2#*/}.out" ;;
    *) say "kubectl $*: nobody stands in for that" && return 64 ;;
    esac
}

mkdir -p "$folder" && cd "$folder" || exit 1
while IFS= read -r line; do
    code=0
    eval "$line" || code=$?
    printf 'played: %d\n' "$code"
done
