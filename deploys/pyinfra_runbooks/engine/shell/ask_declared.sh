# What Compose declares, and what the files are that it names: the sections config, subnet and file.
#
#     directory=/srv/app sh ask_declared.sh
#
# Its values: declared.sh.
. "$(dirname "$0")/../../engine/shell/declared.sh"
look_config
