# bash completion of lap, for bash 3.2 and later. In ~/.bashrc:
#   eval "$(lap completion bash)"
_lap() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ -n "$line" ]; then COMPREPLY+=("$line"); fi
  done <<< "$(command lap __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)"
}
complete -F _lap lap
