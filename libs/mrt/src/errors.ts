/** What can be wrong with a file. `fatal` ones lose the place of the next record; after the others reading goes on. */
export type MrtError =
  /** Fatal: the file ends within a record. `offset` is where that record begins. */
  | { readonly code: 'file-truncated'; readonly offset: number; readonly pendingOctets: number }
  /** Fatal: the header claims more than the reader was told to hold. */
  | { readonly code: 'record-too-large'; readonly offset: number; readonly length: number }
  /** The body ends before its fields do, or a length contradicts another. */
  | { readonly code: 'body-truncated'; readonly type: number; readonly subtype: number }
  | { readonly code: 'prefix-length-invalid'; readonly length: number }
  | { readonly code: 'address-family-unsupported'; readonly afi: number; readonly safi: number }
  | { readonly code: 'attributes-invalid'; readonly offset: number }
  | { readonly code: 'peer-index-unknown'; readonly peerIndex: number };

/** One plain sentence for a person. */
export function formatMrtError(error: MrtError): string {
  switch (error.code) {
    case 'file-truncated':
      return `the file ends within the record at octet ${error.offset} (${error.pendingOctets} octets of it are there)`;
    case 'record-too-large':
      return `the record at octet ${error.offset} claims ${error.length} octets, more than the limit`;
    case 'body-truncated':
      return `a record of type ${error.type}/${error.subtype} ends before its fields do`;
    case 'prefix-length-invalid':
      return `a prefix length of ${error.length} bits is longer than its address`;
    case 'address-family-unsupported':
      return `address family ${error.afi}/${error.safi} is not supported`;
    case 'attributes-invalid':
      return `the path attributes are broken at octet ${error.offset}`;
    case 'peer-index-unknown':
      return `peer ${error.peerIndex} is not in the peer index table`;
  }
}
