/** 1–255, going round; 0 marks free rows. */
export type Epoch = number;

export const FIRST_EPOCH: Epoch = 1;
/** Half of the ring: as long as fewer epochs than this are alive, older and newer can be told apart. */
const HALF = 127;

export function nextEpoch(epoch: Epoch): Epoch {
  return (epoch % 255) + 1;
}

export function previousEpoch(epoch: Epoch): Epoch {
  return epoch === 1 ? 255 : epoch - 1;
}

export function isOlder(epoch: Epoch, than: Epoch): boolean {
  const age = (than - epoch + 255) % 255;
  return age > 0 && age <= HALF;
}
