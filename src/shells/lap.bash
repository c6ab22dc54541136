# bash completion of lap, for bash 3.2 and later. In ~/.bashrc:
#   eval "$(lap completion bash)"
_lap() {
  local answer line
  COMPREPLY=()
  answer=$(command lap __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [ $? -eq 3 ]; then
    # A file. bash 3.2 has no compopt, and completes none.
    compopt -o default 2>/dev/null
    return
  fi
  while IFS= read -r line; do
    if [ -n "$line" ]; then COMPREPLY+=("$line"); fi
  done <<< "$answer"
}
complete -F _lap lap
