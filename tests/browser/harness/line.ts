/**
 * A line between a browser and a server that is as far and as narrow as asked, and counts what it carries.
 *
 * One virtual line per direction is shared by all connections: a segment occupies it for its bits, begins when it is
 * free, and arrives half a round trip after its last bit was sent. A new connection first costs a round trip. The rest
 * waits in the sender's socket, as behind a real modem. It does not model loss.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'

export interface Profile {
  rttMs: number
  /** Bits a second of payload; 0 does not limit. */
  downBitsPerS: number
  upBitsPerS: number
}

export const LAN: Profile = { rttMs: 0, downBitsPerS: 0, upBitsPerS: 0 }
/** An ordinary day behind the hill. */
export const EDGE: Profile = { rttMs: 600, downBitsPerS: 100_000, upBitsPerS: 50_000 }

const SEGMENT_BYTES = 1_460
/** Above this much under way no more is read. */
const AHEAD_MS = 50

export class Line {
  profile = LAN
  /** Whether it carries anything at all. */
  open = true
  up = 0
  down = 0
  private readonly sockets = new Set<Socket>()
  /** When each direction is free again. */
  private free = { up: 0, down: 0 }

  private constructor(
    private readonly server: Server,
    private readonly target: () => number,
  ) {}

  static async start(target: () => number): Promise<Line> {
    const server = createServer({ pauseOnConnect: true })
    const line = new Line(server, target)
    server.on('connection', (socket) => line.take(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    const address = this.server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  /** Cuts what stands, and lets nothing through until it is open again. */
  cut(): void {
    this.open = false
    for (const socket of this.sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private take(near: Socket): void {
    if (!this.open) return void near.destroy()
    const far = connect(this.target(), '127.0.0.1')
    for (const socket of [near, far]) {
      this.sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    // The handshake.
    setTimeout(() => {
      this.carry(near, far, 'up')
      this.carry(far, near, 'down')
      near.resume()
    }, this.profile.rttMs)
  }

  private carry(from: Socket, to: Socket, way: 'up' | 'down'): void {
    const send = (piece: Buffer) => {
      const { rttMs, upBitsPerS, downBitsPerS } = this.profile
      const bits = way === 'up' ? upBitsPerS : downBitsPerS
      const now = performance.now()
      const sent = Math.max(now, this.free[way]) + (bits === 0 ? 0 : (piece.length * 8_000) / bits)
      this.free[way] = sent
      setTimeout(
        () => {
          this[way] += piece.length
          if (!to.destroyed) to.write(piece)
        },
        sent + rttMs / 2 - now,
      )
      return sent - now
    }
    from.on('data', (all: Buffer) => {
      let ahead = 0
      for (let at = 0; at < all.length; at += SEGMENT_BYTES) ahead = send(all.subarray(at, at + SEGMENT_BYTES))
      if (ahead < AHEAD_MS) return
      from.pause()
      setTimeout(() => from.resume(), ahead - AHEAD_MS / 2)
    })
    from.on('end', () => {
      const wait = Math.max(0, this.free[way] - performance.now()) + this.profile.rttMs / 2
      setTimeout(() => to.end(), wait + 1)
    })
  }
}
