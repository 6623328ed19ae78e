# Takes Redis off its network while the API is asked again and again; prints the seconds from the start
# of it to the first good answer that was asked for after it.
#
# Set before: api, network, redis; probe (what asks, in Python).
seen=$(mktemp -d)
mkfifo "$seen/end"
docker exec -i "$api" python3 -c "$probe" <"$seen/end" >"$seen/good" &
exec 3>"$seen/end"
until [ -s "$seen/good" ]; do sleep 0.02; done
began=$(date +%s.%N)
docker network disconnect "$network" "$redis"
gone=$(date +%s.%N)
n=0
until awk -v gone="$gone" 'NF == 2 && $1 >= gone { found = 1 } END { exit !found }' "$seen/good"; do
    [ $((n += 1)) -lt 200 ] || break
    sleep 0.1
done
echo >&3
exec 3>&-
wait
awk -v began="$began" -v gone="$gone" 'NF == 2 && $1 >= gone && (!first || $2 < first) { first = $2 }
    END { if (first) printf "%.3f\n", first - began }' "$seen/good"
rm -r "$seen"
