/** Why a text is not what it should be. `text` is the part at fault, as given. */
export interface TextError {
  readonly code:
    | 'address-invalid'
    | 'prefix-invalid'
    | 'prefix-length-invalid'
    | 'asn-invalid'
    | 'community-invalid'
    | 'large-community-invalid'
    | 'extended-community-invalid'
    | 'as-path-invalid';
  readonly text: string;
}
