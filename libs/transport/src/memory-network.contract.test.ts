import { createMemoryNetwork } from '@bgp/testkit';
import { tcpPortContract } from './tcp-port.contract.ts';

// The simulator's network must behave as the real one does, or simulated runs prove nothing.
tcpPortContract('memory network', async () => {
  const network = createMemoryNetwork({ seed: 1 });
  const client = network.addHost({ addresses: ['10.0.0.1'] });
  const server = network.addHost({ addresses: ['10.0.0.2'], listenPort: 179 });
  return {
    client: client.ports.tcp,
    server: server.ports.tcp,
    address: { address: '10.0.0.2', port: 179 },
    closedPort: 180,
    until: async (condition) => {
      if (!network.runUntil(condition)) throw new Error(`never reached: ${condition}`);
    },
    close: async () => {},
  };
});
