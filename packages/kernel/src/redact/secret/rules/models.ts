/** Providers of models, and what stands around them. */
import { near, type SecretRule, token } from '../rule.ts';

export const MODELS: readonly SecretRule[] = [
  token('anthropic-api-key', 'Anthropic API key', 'sk-ant-api03-{w:93}AA', { right: 'A-Za-z0-9_-' }),
  token('anthropic-admin-api-key', 'Anthropic admin API key', 'sk-ant-admin01-{w:93}AA', { right: 'A-Za-z0-9_-' }),
  token('anthropic-oauth-token', 'Anthropic OAuth tokens', 'sk-ant-(oat01|ort01|sid01|sid02)-{w:80-120}', {
    keywords: ['sk-ant-oat01-', 'sk-ant-ort01-', 'sk-ant-sid01-', 'sk-ant-sid02-'],
  }),
  token(
    'openai-project-key',
    'OpenAI project, service account and admin keys',
    'sk-(proj|svcacct|admin)-({w:74}T3BlbkFJ{w:74}|{w:58}T3BlbkFJ{w:58}|{w:20}T3BlbkFJ{w:20})',
    {
      keywords: ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
      right: 'A-Za-z0-9_-',
    },
  ),
  token('openai-api-key', 'OpenAI API key', 'sk-{n:20}T3BlbkFJ{n:20}', { keywords: ['t3blbkfj'], before: [23, 23] }),
  token('openrouter-api-key', 'OpenRouter API key', 'sk-or-v1-{h:64}'),
  token('huggingface-access-token', 'Hugging Face access token', 'hf_{l:34}', { entropy: 0.7 }),
  token('huggingface-organization-api-token', 'Hugging Face organisation token', 'api_org_{l:34}', { entropy: 0.7 }),
  near('cohere-api-token', 'Cohere API key', { words: ['cohere', 'co_api_key'], format: '{n:40}' }, { entropy: 0.75 }),
  near('mistral-api-key', 'Mistral API key', { words: ['mistral'], format: '{n:32}' }, { entropy: 0.75 }),
  token('perplexity-api-key', 'Perplexity API key', 'pplx-{n:48}'),
  token('groq-api-key', 'Groq API key', 'gsk_{n:52}'),
  token('xai-api-key', 'xAI API key', 'xai-{n:80}'),
  token('replicate-api-token', 'Replicate API token', 'r8_{n:37}'),
  token('together-api-key', 'Together AI API key', 'tgp_v1_{w:43}'),
  token('cerebras-api-key', 'Cerebras API key', 'csk-{a:48}'),
  token('fireworks-api-key', 'Fireworks AI API key', 'fw_{n:22-24}', { entropy: 0.8 }),
  token('nvidia-api-key', 'NVIDIA API key', 'nvapi-{w:64}'),
  token('elevenlabs-api-key', 'ElevenLabs API key', 'sk_{h:48}', { entropy: 0.55 }),
  token('deepseek-style-key', 'DeepSeek and Moonshot style API key', 'sk-{h:32}', { entropy: 0.6, keywords: ['sk-'] }),
  token('pinecone-api-key', 'Pinecone API key', 'pcsk_{n:5-6}_{n:60-68}'),
  token('tavily-api-key', 'Tavily API key', 'tvly-(dev-|prod-){n:32}', { keywords: ['tvly-'] }),
  token('jina-api-key', 'Jina AI API key', 'jina_{w:60}'),
  token('voyage-api-key', 'Voyage AI API key', 'pa-{w:43}', { entropy: 0.8 }),
  token('langsmith-api-key', 'LangSmith API key', 'lsv2_(pt|sk)_{h:32}_{h:10}', { keywords: ['lsv2_pt_', 'lsv2_sk_'] }),
  token('langfuse-secret-key', 'Langfuse secret key', 'sk-lf-{h:8}-{h:4}-{h:4}-{h:4}-{h:12}'),
  near('privateai-api-token', 'Private AI API token', { words: ['privateai', 'private_ai', 'private-ai'], format: '{a:32}' }),
  near('deepgram-api-key', 'Deepgram API key', { words: ['deepgram'], format: '{h:40}' }),
  near('assemblyai-api-key', 'AssemblyAI API key', { words: ['assemblyai'], format: '{h:32}' }),
  token('countersign-key', 'Countersign agent and person keys', 'csk_(a|p)_{a:3}_{a:12-32}_{w:43}', {
    keywords: ['csk_a_', 'csk_p_'],
  }),
];
