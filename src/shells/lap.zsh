#compdef lap
# zsh completion of lap. As a file _lap in a folder of $fpath, or in ~/.zshrc behind compinit:
#   source <(lap completion zsh)
_lap() {
  local -a lines items
  local answer group found=1
  answer=$(command lap __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
  if (( $? == 3 )); then
    compset -P '--*='
    _files
    return
  fi
  lines=("${(@f)answer}")
  for group in command agent session flag value; do
    items=("${(@)${(@M)lines:#$group:*}#$group:}")
    (( $#items )) && _describe -t $group $group items -V $group && found=0
  done
  return found
}
if [ "$funcstack[1]" = _lap ]; then
  _lap "$@"
else
  compdef _lap lap
fi
