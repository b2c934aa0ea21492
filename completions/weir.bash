# bash completion for weir(1): source this file, or put it where bash-completion looks for "weir".
_weir() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "run status lag offsets switch bench plan config demo metrics --help --version" -- "$current")
        return
    fi
    case $previous in
    -c | --config | --events | --from-file | -v | --view)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    -s | --strategy)
        mapfile -t COMPREPLY < <(compgen -W "range roundrobin sticky static" -- "$current"
            compgen -f -X '!*.so' -- "$current")
        return
        ;;
    --from-store | --to-store)
        mapfile -t COMPREPLY < <(compgen -W "kafka zookeeper" -- "$current")
        return
        ;;
    --mode)
        mapfile -t COMPREPLY < <(compgen -W "each together" -- "$current")
        return
        ;;
    --stop-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --drain-policy)
        mapfile -t COMPREPLY < <(compgen -W "in-flight immediate lag-zero" -- "$current")
        return
        ;;
    --on-deadline)
        mapfile -t COMPREPLY < <(compgen -W "back go-on" -- "$current")
        return
        ;;
    --on-unhealthy)
        mapfile -t COMPREPLY < <(compgen -W "back tell" -- "$current")
        return
        ;;
    --log-format)
        mapfile -t COMPREPLY < <(compgen -W "text json" -- "$current")
        return
        ;;
    --order)
        mapfile -t COMPREPLY < <(compgen -W "partition key none" -- "$current")
        return
        ;;
    -X)
        # The keys come from the command itself, so they are those of the installed version.
        mapfile -t COMPREPLY < <(compgen -S = -W "$("${COMP_WORDS[0]}" config list -o json 2> /dev/null |
            grep -o '"name": *"[^"]*"' | cut -d'"' -f4) bootstrap.servers group.id" -- "$current")
        compopt -o nospace
        return
        ;;
    esac
    case $command in
    run)
        mapfile -t COMPREPLY < <(compgen -W "-c --config -X --events --instance --until-end --max-records --log-format -h --help" -- "$current")
        ;;
    bench)
        mapfile -t COMPREPLY < <(compgen -W "-c --config -X --records --rounds --order --partitions --busy --replicas --value-size --keys --zipf --members --workers --handler-ms --delays --sweep --bare -o --output -h --help" -- "$current")
        ;;
    status)
        mapfile -t COMPREPLY < <(compgen -W "-c --config -X --topic --timeout --watch --ready -o --output -h --help" -- "$current")
        ;;
    lag)
        mapfile -t COMPREPLY < <(compgen -W "-c --config -X --topic --timeout --watch --max-lag --no-age -o --output -h --help" -- "$current")
        ;;
    offsets)
        if ((COMP_CWORD == 2)); then
            mapfile -t COMPREPLY < <(compgen -W "show export import reset copy --help" -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -f -W "-c --config -X --topic --timeout -o --output --execute --to-earliest --to-latest --to-timestamp --to-offset --shift-by --from-file --from-group --to-group --from-store --to-store --last-processed --only-missing -h --help" -- "$current")
        fi
        ;;
    switch)
        if ((COMP_CWORD == 2)); then
            mapfile -t COMPREPLY < <(compgen -W "status plan apply abort rollback history collect --help" -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -W "-c --config -X --timeout --watch -o --output --to --peer-to --leave-unread --mode --drain-policy --stop --stop-file --stop-time --on-deadline --prepare --drain --take --health --max-errors --max-latency --max-lag --min-records --on-unhealthy --id --unused-for --replay --group --execute --yes --wait -h --help" -- "$current")
        fi
        ;;
    plan)
        mapfile -t COMPREPLY < <(compgen -W "-s --strategy -v --view -c --config -X --timeout -o --output -h --help" -- "$current")
        ;;
    config)
        if ((COMP_CWORD == 2)); then
            mapfile -t COMPREPLY < <(compgen -W "list check dump --help" -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -W "-c --config -X -o -h --help" -- "$current")
        fi
        ;;
    metrics)
        mapfile -t COMPREPLY < <(compgen -W "list -o -h --help" -- "$current")
        ;;
    demo)
        mapfile -t COMPREPLY < <(compgen -W "--bluegreen --zookeeper --seconds --members --partitions --rate --plain --verbose --sabotage --seed -h --help" -- "$current")
        ;;
    esac
}
complete -F _weir weir
