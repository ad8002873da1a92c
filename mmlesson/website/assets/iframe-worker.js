// Search on pages that are opened as files: browsers refuse workers there, so that the script of
// the search runs in a hidden frame, which has the interface of a worker.

function loadScript(scope, url) {
  return new Promise((resolve, reject) => {
    const script = scope.document.createElement("script")
    script.src = url
    script.onload = resolve
    script.onerror = () => reject(new Error(`${url} could not be loaded`))
    scope.document.head.append(script)
  })
}

class FrameWorker extends EventTarget {
  constructor(url) {
    super()
    this.frame = document.createElement("iframe")
    this.frame.hidden = true
    this.started = new Promise((resolve) => {
      this.frame.onload = resolve
    }).then(() => {
      const scope = this.frame.contentWindow
      scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }))
      scope.importScripts = async (...urls) => {
        for (const each of urls) await loadScript(scope, each)
      }
      return loadScript(scope, url)
    })
    this.frame.srcdoc = "<!doctype html><title>search</title>"
    document.body.append(this.frame)
  }

  async postMessage(data) {
    await this.started
    const scope = this.frame.contentWindow
    scope.dispatchEvent(new scope.MessageEvent("message", { data: structuredClone(data) }))
  }

  terminate() {
    this.frame.remove()
  }
}

if (location.protocol === "file:") window.Worker = FrameWorker
