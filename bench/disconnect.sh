# Takes Redis off its network, and asks the API again and again, whatever becomes of the questions
# before; prints the seconds from the start of it to the first well answer that was asked for after it.
#
# Set before: api, network, redis; probe (seconds between two questions), longest (questions).
address=$(docker inspect --format \
    '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$api")
ask() {
    asked=$(date +%s.%N)
    case $(curl --silent --max-time 5 "http://$address:8000/api/v1/health") in
        *'"redis_connection":"ok"'*) echo "$asked $(date +%s.%N)" ;;
    esac
}
seen=$(mktemp -d)
began=$(date +%s.%N)
docker network disconnect "$network" "$redis"
gone=$(date +%s.%N)
n=0
until awk -v gone="$gone" '$1 >= gone { found = 1 } END { exit !found }' "$seen/well" 2>/dev/null; do
    [ "$n" -lt "$longest" ] || break
    ask >>"$seen/well" &
    n=$((n + 1))
    sleep "$probe"
done
wait
awk -v began="$began" -v gone="$gone" '$1 >= gone && (!first || $2 < first) { first = $2 }
    END { if (first) printf "%.3f\n", first - began }' "$seen/well"
rm -r "$seen"
