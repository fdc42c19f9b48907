import type { FsmEvent, FsmState } from '../types.ts';

interface ModelConfig {
  readonly passive: boolean;
  readonly delayOpenTime: number;
  readonly sendNotificationWithoutOpen: boolean;
  readonly holdTime: number;
}

interface Expected {
  state: FsmState;
  open: boolean;
  notification: boolean;
  dial: boolean;
}

/**
 * RFC 4271 §8.2.2 once more, told from the connection instead of from the states: is there a connection, has our OPEN left,
 * is the peer's accepted, has its KEEPALIVE come? It shares no code with the session and does not know timers but for what
 * may fire.
 */
export class SessionModel {
  readonly #config: ModelConfig;
  /** Off, waiting after a failure, or running. */
  #run: 'off' | 'stopped' | 'held' | 'on' = 'off';
  #passive: boolean;
  #dialing = false;
  #retry = false;
  #waitsForOpen = false; // connected, DelayOpen
  #openSent = false;
  #openAccepted = false;
  #up = false;

  constructor(config: ModelConfig) {
    this.#config = config;
    this.#passive = config.passive;
  }

  apply(type: FsmEvent['type']): Expected {
    const out: Expected = { state: 'Idle', open: false, notification: false, dial: false };
    if (this.#run === 'on') this.#running(type, out);
    else this.#idle(type, out);
    out.state = this.#state();
    return out;
  }

  #state(): FsmState {
    if (this.#run !== 'on') return 'Idle';
    if (this.#up) return 'Established';
    if (this.#openAccepted) return 'OpenConfirm';
    if (this.#openSent) return 'OpenSent';
    return this.#dialing ? 'Connect' : 'Active';
  }

  #idle(type: FsmEvent['type'], out: Expected): void {
    const own = type.startsWith('AutomaticStart') && this.#run === 'off';
    const operator = type === 'ManualStart' || type === 'ManualStartWithPassive';
    const resumes = type === 'IdleHoldTimerExpires' && this.#run === 'held';
    if (type === 'ManualStop') this.#run = 'stopped';
    if (!own && !operator && !resumes) return;
    if (!resumes) this.#passive = this.#config.passive || type.endsWith('WithPassive');
    this.#run = 'on';
    this.#dialing = !this.#passive;
    this.#retry = !this.#passive;
    out.dial = this.#dialing;
  }

  #end(run: 'off' | 'stopped' | 'held'): void {
    this.#run = run;
    this.#dialing = this.#retry = this.#waitsForOpen = this.#openSent = this.#openAccepted = this.#up = false;
  }

  #running(type: FsmEvent['type'], out: Expected): void {
    if (type.includes('Start') || type === 'TcpConnectionValid') return; // already running
    if (type === 'OpenCollisionDump') {
      out.notification = this.#openSent;
      this.#end('off');
      return;
    }
    if (type === 'ManualStop') {
      const mayTell = this.#waitsForOpen && !this.#dialing && this.#config.sendNotificationWithoutOpen;
      out.notification = this.#openSent || mayTell;
      this.#end('stopped');
      return;
    }
    if (this.#openSent) this.#exchange(type, out);
    else this.#connecting(type, out);
  }

  #connecting(type: FsmEvent['type'], out: Expected): void {
    switch (type) {
      case 'ConnectRetryTimerExpires':
        if (!this.#retry) return;
        this.#dialing = true;
        this.#waitsForOpen = false;
        out.dial = true;
        return;
      case 'TcpCrAcked':
      case 'TcpConnectionConfirmed':
        this.#retry = false;
        if (this.#config.delayOpenTime > 0) this.#waitsForOpen = true;
        else out.open = this.#openSent = true;
        return;
      case 'DelayOpenTimerExpires':
        if (this.#waitsForOpen) out.open = this.#openSent = true;
        return;
      case 'BgpOpen':
        if (!this.#waitsForOpen) {
          this.#end('held');
          return;
        }
        out.open = this.#openSent = this.#openAccepted = true;
        return;
      case 'TcpConnectionFails':
        if (!this.#dialing) {
          this.#end('held');
          return;
        }
        this.#dialing = this.#waitsForOpen = false;
        this.#retry = true;
        return;
      case 'HoldTimerExpires':
      case 'KeepaliveTimerExpires':
      case 'IdleHoldTimerExpires':
        return; // none of them runs here
      case 'BgpHeaderErr':
      case 'BgpOpenMsgErr':
        out.notification = this.#config.sendNotificationWithoutOpen;
        this.#end('held');
        return;
      default:
        this.#end('held');
        return;
    }
  }

  #exchange(type: FsmEvent['type'], out: Expected): void {
    const timed = this.#config.holdTime > 0;
    switch (type) {
      case 'TcpCrAcked':
      case 'TcpConnectionConfirmed':
      case 'ConnectRetryTimerExpires':
      case 'DelayOpenTimerExpires':
      case 'IdleHoldTimerExpires':
      case 'KeepaliveTimerExpires':
        return;
      case 'HoldTimerExpires': // before the OPENs are exchanged the large value runs
        if (this.#openAccepted && !timed) return;
        break;
      case 'TcpConnectionFails':
        if (this.#openAccepted) {
          this.#end('held');
          return;
        }
        this.#openSent = this.#dialing = this.#waitsForOpen = false;
        this.#retry = !this.#passive;
        return;
      case 'NotifMsg':
      case 'NotifMsgVerErr':
        this.#end('held');
        return;
      case 'BgpOpen':
        if (this.#openAccepted) break;
        this.#openAccepted = true;
        return;
      case 'KeepAliveMsg':
        if (!this.#openAccepted) break;
        this.#up = true;
        return;
      case 'UpdateMsg':
      case 'RouteRefreshMsg':
        if (this.#up) return;
        break;
      default:
        break;
    }
    out.notification = true;
    this.#end('held');
  }
}
