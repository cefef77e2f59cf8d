package wecom

import "net/http"

// Transport is how the network is reached: by the environment's proxy, and trusting a file of certificates besides the system's; "" for
// none. An error names the setting that is wrong.
func Transport(ca string) (http.RoundTripper, error) {
	client, err := newClient(ca)
	if err != nil {
		return nil, err
	}
	return client.Transport, nil
}
