/** What an interface can be called on Linux and is no mistyped IPv4 address: 1 to 15 characters without blanks, `/`, `:` and `%`. */
export function isInterfaceName(text: string): boolean {
  return /^[^\s/:%]{1,15}$/.test(text) && !/^[\d.]+$/.test(text);
}
