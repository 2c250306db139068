/**
 * What a shell reads to complete the words of `moraine`. The words come from the program itself
 * (`moraine completion words`), so that a script never gets out of date.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion of moraine; in ~/.bashrc:  source <(moraine completion bash)
_moraine() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  local line
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(moraine completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
    compopt -o default 2>/dev/null
  fi
}
complete -F _moraine moraine
`;

const ZSH = `#compdef moraine
# zsh completion of moraine; in ~/.zshrc after compinit:  source <(moraine completion zsh)
_moraine() {
  local -a candidates
  local line value description
  for line in "\${(@f)$(moraine completion words -- "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] || continue
    value="\${line%%$'\\t'*}"
    description="\${line#*$'\\t'}"
    candidates+=("\${value//:/\\\\:}:$description")
  done
  if (( \${#candidates} )); then
    _describe -t words 'moraine' candidates
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_moraine" ]; then
  _moraine "$@"
else
  compdef _moraine moraine
fi
`;

const FISH = `# fish completion of moraine; in ~/.config/fish/completions/moraine.fish:  moraine completion fish | source
function __moraine_words
  set -l before (commandline -opc)
  moraine completion words -- $before[2..-1] (commandline -ct) 2>/dev/null
end
complete -c moraine -f -n 'test (count (__moraine_words)) -gt 0' -a '(__moraine_words)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script for `shell`, to be sourced. */
export function formatShellScript(shell: Shell): string {
  return SCRIPTS[shell];
}
