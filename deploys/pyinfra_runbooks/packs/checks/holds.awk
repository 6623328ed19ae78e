# Whether a text (ENVIRON["part"]) is in what a command printed; nothing of that is repeated. In the second line, why it
# was not run, where the engine says so: shell, there is none in the container; engine, anything else.
part != "" && index($0, part) { holds = 1 }
/OCI runtime exec failed.*"sh": executable file not found/ { why = "shell" }
/^OCI runtime exec failed/ && !/executable file not found|o such file|ermission denied/ { why = "engine" }
NR == 1 && /^Error response from daemon: / && why == "" { why = "engine" }
BEGIN { part = ENVIRON["part"] }
END { print (part == "" ? "" : holds ? "holds" : "lacks") "\n" why }
