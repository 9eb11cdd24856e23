# Outlives its parent by a moment, to end what the parent started: kill -9 leaves the parent no chance to do it.
# stdin: each line is the whole list of SIGNAL:GROUP that is alive now; end of file means that the parent is gone.
# $1: a folder to delete then, or nothing.
trap '' HUP INT QUIT TERM
list=
while IFS= read -r line; do list=$line; done

signal_all() {
  for entry in $list; do kill -s "${1:-${entry%%:*}}" -- "-${entry#*:}" 2>/dev/null; done
}
any_alive() {
  for entry in $list; do kill -s 0 -- "-${entry#*:}" 2>/dev/null && return 0; done
  return 1
}

signal_all
tries=0
while any_alive && [ "$tries" -lt 30 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
signal_all KILL
if [ -n "$1" ]; then rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }; fi
