# fish completion of lap. As ~/.config/fish/completions/lap.fish, or in config.fish:
#   lap completion fish | source
function __lap_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    command lap __complete fish $words "$current" 2>/dev/null
    if test $status -ne 3
        return
    end
    # A file.
    set -l flag (string match -r -- '^--[^=]*=' "$current")
    for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
        printf '%s\n' "$flag$path"
    end
end
complete -c lap -f -k -a '(__lap_complete)'
