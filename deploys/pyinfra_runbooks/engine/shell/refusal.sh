# Notes that something was refused, and why; both come over stdin, in a line each.
#
# + audit_log: where
. "$(dirname "$0")/../../engine/shell/audit.sh"
read_entry
IFS= read -r because
note refused "$because" 0 2>&1 || :
