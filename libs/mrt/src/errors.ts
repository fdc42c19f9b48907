/** What can be wrong with a file. `fatal` ones lose the place of the next record; after the others reading goes on. */
export type MrtError =
  /** Fatal: the file ends within a record. `offset` is where that record begins. */
  | { readonly code: 'file-truncated'; readonly offset: number; readonly pendingOctets: number }
  /** Fatal: the header claims more than the reader was told to hold. */
  | { readonly code: 'record-too-large'; readonly offset: number; readonly length: number }
  /** Of a type that has no elements here: OSPF, IS-IS, deprecated ones, the geo table of RFC 6397. */
  | { readonly code: 'record-unsupported'; readonly type: number; readonly subtype: number }
  /** The body ends before its fields do, or a length contradicts another. */
  | { readonly code: 'body-truncated'; readonly type: number; readonly subtype: number }
  | { readonly code: 'prefix-length-invalid'; readonly length: number }
  | { readonly code: 'address-family-unsupported'; readonly afi: number; readonly safi: number }
  /** A BGP message whose header or section lengths are wrong. */
  | { readonly code: 'message-invalid'; readonly length: number }
  /** NLRI that cannot be read on from `offset` in the message: often path identifiers that the record does not announce. */
  | { readonly code: 'nlri-invalid'; readonly afi: number; readonly safi: number; readonly offset: number }
  /** An attribute runs past its block, from `offset` in the record's body; those before it were used. */
  | { readonly code: 'attributes-truncated'; readonly offset: number }
  /** MP_REACH_NLRI or MP_UNREACH_NLRI is too short for its fields. */
  | { readonly code: 'mp-attribute-invalid'; readonly attribute: number }
  | { readonly code: 'peer-index-unknown'; readonly peerIndex: number };

/** One plain sentence for a person. */
export function formatMrtError(error: MrtError): string {
  switch (error.code) {
    case 'file-truncated':
      return `The file ends within the record at octet ${error.offset}, of which ${error.pendingOctets} octets are there.`;
    case 'record-too-large':
      return `The record at octet ${error.offset} claims ${error.length} octets, more than the limit: this may be no MRT file.`;
    case 'record-unsupported':
      return `Records of type ${error.type}/${error.subtype} are not read.`;
    case 'body-truncated':
      return `A record of type ${error.type}/${error.subtype} ends before its fields do.`;
    case 'prefix-length-invalid':
      return `A prefix length of ${error.length} bits is longer than its address.`;
    case 'address-family-unsupported':
      return `Routes of address family ${error.afi}/${error.safi} are not read.`;
    case 'message-invalid':
      return `A BGP message of ${error.length} octets contradicts its own lengths.`;
    case 'nlri-invalid':
      return `Prefixes of family ${error.afi}/${error.safi} cannot be read from octet ${error.offset} of their message on; they may have path identifiers that the record does not announce.`;
    case 'attributes-truncated':
      return `A path attribute at octet ${error.offset} of its record runs past the end of the attributes.`;
    case 'mp-attribute-invalid':
      return `Attribute ${error.attribute} is too short for its fields.`;
    case 'peer-index-unknown':
      return `Peer ${error.peerIndex} is not in the peer index table.`;
  }
}
