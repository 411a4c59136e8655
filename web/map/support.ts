/* What this browser can draw with. Asked once: a context costs memory and there are few of them. */
import { isSoftware } from './judge.ts';

export interface Support {
  readonly can_draw: boolean;
  /** The processor does the graphics: the map saves work from the start. */
  readonly is_software: boolean;
}

let known: Support | null = null;

export function support(): Support {
  known ??= look();
  return known;
}

function look(): Support {
  try {
    const context = document.createElement('canvas').getContext('webgl2');
    if (!context) return { can_draw: false, is_software: false };
    const names = context.getExtension('WEBGL_debug_renderer_info');
    const renderer = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
    context.getExtension('WEBGL_lose_context')?.loseContext();
    return { can_draw: true, is_software: isSoftware(renderer) };
  } catch {
    return { can_draw: false, is_software: false };
  }
}

/** The lamp of the map: off where nothing can be drawn or drawing failed; unknown while there are no roads to draw. */
export const lampOf = (has_failed: boolean, is_map: boolean): 'ok' | 'off' | 'unknown' => (has_failed ? 'off' : is_map ? 'ok' : 'unknown');
